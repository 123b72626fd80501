import { defineFormat } from './defineFormat.ts';

/** PingGateway, and whatever feeds PingAM's Certificate Collector node: PEM with its armour, in a header the operator names. */
export const pingGateway = defineFormat({
  name: 'pinggateway',
  title: 'PingGateway, PingAM Certificate Collector',
  header: 'ssl_client_cert',
  encoding: 'any-pem',
});
