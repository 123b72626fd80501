import { findUser } from '../groupMembers.ts';
import { listDevices } from '../deviceTable.ts';
import { pickProperties, selectedNames } from '../selectProperties.ts';
import type { GraphResource } from '../graphResource.ts';

/** The devices of one user, by object id or user principal name. */
export const userDevices: GraphResource = {
  endpoint: 'managedDevices',
  pattern: ['users', '{}', 'managedDevices'],
  handle({ world, keys: [key = ''], query, root, errors }) {
    const name = (findUser(world, key)?.userPrincipalName ?? key).toLowerCase();
    const rows = [...listDevices(world, undefined)].filter(
      ({ read }) => name !== '' && read('userPrincipalName')?.toLowerCase() === name,
    );
    if (rows.length === 0 && findUser(world, key) === undefined) {
      return errors.plain(404, 'Request_ResourceNotFound', `Resource '${key}' does not exist.`);
    }
    const names = selectedNames(query);
    return {
      status: 200,
      body: {
        '@odata.context': `${root}/$metadata#users('${key}')/managedDevices`,
        '@odata.count': rows.length,
        value: rows.map((row) => pickProperties({ ...row.device().properties }, names)),
      },
    };
  },
};
