import { defineFormat } from './defineFormat.ts';

const title = 'Azure Application Gateway v2, `{var_client_certificate}`';
const header = 'X-Client-Cert';
// {var_client_certificate_verification}: SUCCESS, FAILED:…, NONE.
const verifySignal = [{ header: 'X-Client-Cert-Verification', success: 'SUCCESS' }];

/** A rewrite rule that sets the header to `{var_client_certificate}`, where that is percent-encoded PEM. */
export const azureAppGateway = defineFormat({
  name: 'azure-app-gateway',
  title: `${title}, PEM`,
  header,
  encoding: 'percent-pem',
  verifySignal,
});

/** The same where the value is base64. */
export const azureAppGatewayBase64 = defineFormat({
  name: 'azure-app-gateway-base64',
  title: `${title}, base64`,
  header,
  encoding: 'base64-der',
  verifySignal,
});
