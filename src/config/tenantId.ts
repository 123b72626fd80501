const GUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';

/** A domain name in letters, digits and dashes; one label is enough. */
export const DOMAIN_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** A GUID or a domain name with a dot in it, which leaves out `common`, `organizations` and `consumers`. */
export const TENANT_ID = new RegExp(`^(?=.{1,254}$)(?:${GUID}|${LABEL}(?:\\.${LABEL})+)$`);
