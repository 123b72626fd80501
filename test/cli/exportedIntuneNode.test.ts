import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FAILURE_ID, SUCCESS_ID } from '../../src/journeys/journey.ts';
import { deviceIds } from '../../src/simulator/deviceIds.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { EXPORT_LAYOUTS, type FrodoExport } from '../support/journeyExports.ts';
import { configWith, createGateFolder, simulatedTenant, type GateFolder } from './gateFolder.ts';
import { runGate } from './runGate.ts';

let simulator: Simulator;
let folder: GateFolder;
beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  folder = createGateFolder();
});
afterAll(async () => {
  folder.remove();
  await simulator.close();
});

const INTUNE = '3f1c5d3e-6f2b-4c0e-8c59-0d9a5a3f2b11';
const ASK = '9d2c7f4a-51f0-4a47-b2a5-1f0f8e6f7c22';
const LEVEL = 'b7e4a1d8-0c3f-4e1b-9a68-7c2d5e8f9a33';

/** A tree around Ping's own node as AIC exports it: its secrets are null, its outcomes stand beside it, and some lead nowhere. */
function exported(): FrodoExport {
  const [app] = simulator.world.apps;
  const node = (id: string, type: string, name: string, settings: object) => ({
    _id: id,
    _rev: '-1489571134',
    ...settings,
    _type: { _id: type, name, collection: true },
  });
  const tree = {
    _id: 'PingIntune',
    _rev: '1',
    description: 'null',
    enabled: true,
    entryNodeId: INTUNE,
    identityResource: 'managed/alpha_user',
    innerTreeOnly: false,
    mustRun: false,
    noSession: true,
    nodes: {
      [INTUNE]: {
        connections: {
          COMPLIANT: LEVEL,
          NONCOMPLIANT: ASK,
          INGRACEPERIOD: ASK,
          CONFIGMANAGER: ASK,
          CONFLICT: ASK,
          NOID: ASK,
          UNKNOWN: ASK,
          ERROR: FAILURE_ID,
        },
        displayName: 'Microsoft Intune',
        nodeType: 'IntuneNode',
        x: 210.5,
        y: 152,
      },
      [ASK]: {
        connections: { true: SUCCESS_ID, false: FAILURE_ID },
        displayName: 'Want to 2FA?',
        nodeType: 'MessageNode',
      },
      [LEVEL]: {
        connections: { outcome: SUCCESS_ID },
        displayName: 'Set Auth Level to 3',
        nodeType: 'ModifyAuthLevelNode',
      },
    },
    staticNodes: {
      startNode: { x: 50, y: 25 },
      [SUCCESS_ID]: { x: 800, y: 25 },
      [FAILURE_ID]: { x: 800, y: 200 },
    },
    uiConfig: { categories: '["Authentication"]' },
  };
  return {
    tree,
    innerNodes: {},
    scripts: {},
    nodes: {
      [INTUNE]: node(INTUNE, 'IntuneNode', 'Microsoft Intune', {
        inTuneHeader: 'x-intune',
        inTuneSS: false,
        azureTenantId: simulator.world.tenant.id,
        appRegistrationClientId: app?.clientId,
        appRegistrationClientSecret: null,
        userName: 'svc-intune@contoso.example',
        userPassword: null,
        passDeviceInfoSession: false,
        extractApps: false,
        _outcomes: [
          { id: 'COMPLIANT', displayName: 'Compliant' },
          { id: 'NONCOMPLIANT', displayName: 'Not Compliant' },
          { id: 'INGRACEPERIOD', displayName: 'In Grace Period' },
          { id: 'CONFIGMANAGER', displayName: 'Config Manager' },
          { id: 'CONFLICT', displayName: 'Conflict' },
          { id: 'NOID', displayName: 'No Id' },
          { id: 'UNKNOWN', displayName: 'Status Unknown' },
          { id: 'ERROR', displayName: 'Error' },
        ],
      }),
      [ASK]: node(ASK, 'MessageNode', 'Message Node', {
        message: {},
        messageYes: {},
        messageNo: {},
        stateField: null,
      }),
      [LEVEL]: node(LEVEL, 'ModifyAuthLevelNode', 'Modify Auth Level', { authLevelIncrement: 3 }),
    },
  };
}

/** Writes the export in a layout into a folder of its own. */
function write(layout: string): string {
  const name = layout.replaceAll(/\W+/g, '-');
  for (const { name: file, content } of EXPORT_LAYOUTS[layout]?.(exported()) ?? []) {
    mkdirSync(join(folder.path, name, dirname(file)), { recursive: true });
    folder.file(join(name, file), String(content));
  }
  return join(folder.path, name);
}

test.each(Object.keys(EXPORT_LAYOUTS))('an exported IntuneNode runs unchanged: %s', async (layout) => {
  const path = write(layout);
  const config = folder.config({
    ...configWith(simulatedTenant(simulator, folder)),
    journeys: { files: [path], from: ['journeys'] },
  });
  expect(await runGate(['journey', 'check', path])).toMatchObject({
    exitCode: 0,
    out: '1 journey, 0 errors, 0 warnings.\n',
  });
  expect(await runGate(['journey', 'check', path, '--config', config])).toMatchObject({ exitCode: 0 });
  const run = async (id: string | undefined, answer: number) => {
    const answers = folder.file('answers.json', JSON.stringify([[answer]]));
    const header = id === undefined ? [] : ['--header', `x-intune: CN=${id}`];
    const { exitCode, out } = await runGate([
      'journey',
      'run',
      path,
      '--config',
      config,
      '--answers',
      answers,
      ...header,
    ]);
    return `${exitCode} ${/Intune: (\w+)/.exec(out)?.[1] ?? ''}`;
  };
  expect(await run(deviceIds.compliant, 1)).toBe('0 compliant');
  if (layout !== 'frodo, one tree') return;
  expect(await run(deviceIds.noncompliant, 0)).toBe('0 noncompliant');
  expect(await run(deviceIds.inGracePeriod, 1)).toBe('1 inGracePeriod');
  expect(await run(undefined, 0)).toBe('0 noDeviceId');
  // As in Ping's node, a device that Intune does not know is an Error.
  expect(await run('d0000099-0000-4000-8000-000000000099', 0)).toBe('1 deviceNotFound');
});

test('an exported IntuneNode of another tenant is told, and does not run', async () => {
  const { tree, nodes, ...rest } = exported();
  const settings = nodes[INTUNE];
  const other = folder.file(
    'other.json',
    JSON.stringify({
      ...rest,
      tree,
      nodes: { ...nodes, [INTUNE]: { ...settings, azureTenantId: 'contoso.example' } },
    }),
  );
  const config = folder.config({
    ...configWith(simulatedTenant(simulator, folder)),
    journeys: { files: [other], from: ['journeys'] },
  });
  const { exitCode, out } = await runGate(['journey', 'check', other, '--config', config]);
  expect(exitCode).toBe(1);
  expect(out).toContain(`node ${INTUNE}, at /nodes/${INTUNE}/azureTenantId: names no tenant of this gate`);
  expect(await runGate(['journey', 'run', other, '--config', config])).toMatchObject({ exitCode: 2 });
});
