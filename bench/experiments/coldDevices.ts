import type { Experiment, Span } from '../figure.ts';
import { measureInTurn, medianRatio, type PlanFor } from '../lab/measure.ts';

const CONNECTIONS = 64;
/** More devices than any server here can be asked about in a second. */
const DEVICES_PER_SECOND = 5_000;

/** Devices the server has never seen: what a decision costs when Microsoft is asked, without the time Microsoft takes. */
export const coldDevices: Experiment = {
  figures: [
    {
      name: 'coldVsGraphClient',
      meaning: 'device never seen, against a gate with graph-client and msal-node, by throughput',
      target: { atLeast: 3 },
    },
    {
      name: 'coldVsPingReplica',
      meaning: "device never seen, against a replica of Ping's calls, by throughput",
      target: { atLeast: 10 },
    },
    { name: 'coldVsGraphClientCpu', meaning: 'against graph-client, by CPU time of the server per decision' },
    { name: 'coldVsPingReplicaCpu', meaning: "against the replica of Ping's calls, by CPU time" },
  ],
  async run(lab, effort) {
    await lab.simulator.setLatency(0);
    const plan =
      (most: Span): PlanFor =>
      (server) => ({
        connections: CONNECTIONS,
        devices: server.takeDevices(Math.min(most.requests, Math.ceil(most.seconds * DEVICES_PER_SECOND))),
        order: 'once',
        most,
      });
    const servers = await Promise.all([
      lab.startGate(),
      lab.startReference('graphClient'),
      lab.startReference('pingReplica'),
    ]);
    const series = await measureInTurn(lab, {
      load: `${CONNECTIONS} connections, every device once`,
      servers,
      plan: plan(effort.run),
      // Much code takes part, and all of it has to be warm.
      warmUp: plan({ ...effort.warmUp, seconds: effort.warmUp.seconds * 2 }),
      rounds: effort.rounds,
    });
    await servers[0].stop();
    const [ours, theirs, pings] = series;
    return {
      values: {
        coldVsGraphClient: medianRatio(ours, theirs, (one, other) => one.perSecond / other.perSecond),
        coldVsPingReplica: medianRatio(ours, pings, (one, other) => one.perSecond / other.perSecond),
        coldVsGraphClientCpu: medianRatio(
          ours,
          theirs,
          (one, other) => other.cpuMicroseconds / one.cpuMicroseconds,
        ),
        coldVsPingReplicaCpu: medianRatio(
          ours,
          pings,
          (one, other) => other.cpuMicroseconds / one.cpuMicroseconds,
        ),
      },
      series,
    };
  },
};
