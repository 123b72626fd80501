import { composeGate, type ComposeOptions } from '../compose.ts';
import { composeJourneys, createJourneyMemory, type ComposedJourneys } from '../composeJourneys.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { defaultJourneysSetup, readJourneysAndTypes, type JourneysSetup } from '../config/resolveJourneys.ts';
import { GateError } from '../errors.ts';
import { createLogger } from '../http/logging.ts';
import { NOBODY } from '../identity/nobody.ts';
import { findJourneyFiles } from '../journeys/format/findJourneyFiles.ts';
import { createMailSenders } from '../mail/mailSenders.ts';
import { createAdmission } from '../node/admission.ts';
import { createScrub } from '../sharedState/scrub.ts';
import type { Io } from './command.ts';

export interface OpenJourneysOptions extends Pick<ComposeOptions, 'onJourneyEnd'> {
  /** Files or folders with journeys. */
  readonly files: readonly string[];
  /** Configuration of the gate around them; undefined for none. */
  readonly configFile: string | undefined;
}

export interface OpenJourneys extends Pick<ComposedJourneys, 'surface' | 'checked'> {
  /** Whose headers the configuration believes. */
  readonly from: readonly string[];
  close(): Promise<void>;
}

/** Reads the files and folders a command line names. @throws GateError `usage` for what cannot be read */
export function readJourneyFiles(files: readonly string[]): Pick<JourneysSetup, 'read' | 'designerNodes'> {
  return readJourneysAndTypes(
    files.flatMap((file) => {
      const found = findJourneyFiles(file);
      if (!found.ok) throw new GateError('usage', `${file} cannot be read: ${found.problem}`);
      return found.files;
    }),
  );
}

/** Journeys ready to run, in the gate that a configuration describes, or in one that knows nobody. */
export function openJourneys({ files, configFile, ...options }: OpenJourneysOptions, io: Io): OpenJourneys {
  const { read, designerNodes } = readJourneyFiles(files);
  const logger = createLogger('silent');
  if (configFile === undefined) {
    const composed = composeJourneys(defaultJourneysSetup(read, designerNodes), {
      ...options,
      tenants: {},
      nodes: new Map(),
      directoryOf: () => undefined,
      admission: createAdmission(1),
      scrub: createScrub([]),
      now: Date.now,
      logger,
      identities: NOBODY,
      mail: createMailSenders([]),
      memory: createJourneyMemory(),
    });
    return { ...composed, from: [] };
  }
  const config = loadConfig(configFile, io.environment);
  const setup = {
    ...(config.journeys ?? defaultJourneysSetup(read)),
    read,
    designerNodes,
    default: undefined,
  };
  // One run by itself shares nothing, and need not wait for a connection.
  const gate = composeGate({ ...config, redis: undefined, journeys: setup }, { ...options, logger });
  if (gate.journeys === undefined) throw new Error('journeys were configured');
  return { ...gate.journeys, from: setup.from, close: () => gate.close() };
}
