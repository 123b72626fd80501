import { defineFormat } from './defineFormat.ts';

/** App Service and Functions. The platform validates nothing. */
export const azureAppService = defineFormat({
  name: 'azure-app-service',
  title: 'Azure App Service',
  header: 'X-ARR-ClientCert',
  encoding: 'base64-der',
});
