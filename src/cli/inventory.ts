import { GateError } from '../errors.ts';
import type { Command } from './command.ts';

export const inventoryCommand: Command = {
  name: 'inventory',
  summary: 'copy devices into the store that asset people use, and report on them',
  help: `
Usage: intune-gate inventory fields (--config FILE | --demo) [--tenant NAME] [--personal] [--cache FILE] [--json]
       intune-gate inventory try EXPRESSION... --device FILE.json [--mapping FILE]
       intune-gate inventory check [--config FILE | --demo] --mapping FILE [--json]
       intune-gate inventory sync (--config FILE --mapping FILE | --demo [--mapping FILE]) [--full] [--dry-run] [--report] [--json]
       intune-gate inventory report (--mapping FILE | --demo) [--config FILE] [--since DATE] [--format table|csv|html] [--output FILE]
       intune-gate inventory serve --config FILE --mapping FILE...
       intune-gate inventory schema

fields   makes a test call and shows every field: type, unit, an example, how often it is empty, whether it identifies a device.
         Examples of personal fields are shown with --personal only. If the call fails, the last good list is shown
         (--cache, default inventory-fields.json beside the configuration), and said to be old.
try      prints a JSON array with what each expression gives for one device as Graph returns it, or the finding
check    checks a mapping: fields, expressions, key, and, with --config, the target and the tenant
sync     one run. Reads what changed since the last good run, or everything when that is due or --full is given.
         --dry-run writes nothing and shows what would change; --report shows a report afterwards
report   the fleet by compliance, platform, version, owner and check-in; duplicates by serial number; devices that changed
         state since a date, such as 2026-11-01. An HTML report is one file and loads nothing
serve    runs mappings by their schedules until it is stopped; a run that was missed is caught up once
schema   the JSON Schema of a mapping

--demo   the tenant of a demo that runs on this machine (npm start), and the example mapping, written beside the demo's files

Exit codes: 0 done, 1 another run holds the target, or it was stopped, 2 usage, configuration or a finding,
3 Microsoft or the target cannot be reached.
`,
  async run(args, io) {
    const [name = '', ...rest] = args;
    // Databases and their libraries are loaded here and nowhere else: no other command waits for them.
    const { INVENTORY_ACTIONS } = await import('./inventory/actions.ts');
    const action = Object.hasOwn(INVENTORY_ACTIONS, name) ? INVENTORY_ACTIONS[name] : undefined;
    if (action === undefined) {
      throw new GateError('usage', `say one of: ${Object.keys(INVENTORY_ACTIONS).join(', ')}`);
    }
    return action(rest, io);
  },
};
