import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../src/simulator/certificateAuthority.ts';
import type { Experiment, Span } from '../figure.ts';
import { compliantDeviceId } from '../lab/devices.ts';
import type { Server } from '../lab/lab.ts';
import { measureInTurn, medianRatio, type PlanFor, type Series } from '../lab/measure.ts';
import { findNginx, startNginx, type NginxProcess } from '../lab/nginxProcess.ts';
import type { Question } from '../load/loadPlan.ts';

const CONNECTIONS = 32;
const DEVICES = 50;

/** What a proxy asks about devices that are known, with a certificate that it forwards: each is decoded, and its path looked at. */
export const forwardAuth: Experiment = {
  figures: [
    {
      name: 'forwardAuthVsFastify',
      meaning:
        '`/auth/request` from memory with a forwarded certificate, against a bare Fastify handler with the same answer and log line: the worse of CPU time and throughput',
      target: { atLeast: 0.7 },
    },
    { name: 'forwardAuthVsFastifyCpu', meaning: 'the same by CPU time of the server per question' },
    { name: 'forwardAuthVsFastifyThroughput', meaning: 'the same by throughput' },
    {
      name: 'behindNginxVsTrivial',
      meaning: 'throughput of nginx that asks the gate, against nginx that asks the bare Fastify handler',
      target: { atLeast: 0.85 },
    },
  ],
  async run(lab, effort) {
    const folder = mkdtempSync(join(tmpdir(), 'intune-gate-bench-'));
    const fronts: NginxProcess[] = [];
    let gate: Server | undefined;
    try {
      const { questions, anchorFile } = createQuestions(folder);
      gate = await lab.startGate({
        nodes: { default: { deviceId: [sourceWith(anchorFile)] } },
        proxies: [{ name: 'edge', addresses: ['127.0.0.1'] }],
        callers: [],
      });
      const servers = [gate, await lab.startReference('forwardAuth')] as const;
      const planOf =
        (most: Span, asked: readonly Question[]): PlanFor =>
        () => ({
          connections: CONNECTIONS,
          devices: { first: 0, count: DEVICES },
          order: 'again',
          most,
          questions: asked,
        });
      const measure = (
        load: string,
        both: readonly Server[],
        asked: readonly Question[],
      ): Promise<readonly Series[]> =>
        measureInTurn(lab, {
          load,
          servers: both,
          plan: planOf(effort.run, asked),
          // The shortest times here need the warmest code.
          warmUp: planOf({ ...effort.warmUp, seconds: effort.warmUp.seconds * 3 }, asked),
          rounds: effort.rounds,
        });
      const direct = await measure(
        `${CONNECTIONS} connections, ${DEVICES} certificates again and again`,
        servers,
        questions,
      );
      const [ours, bare] = direct;
      const byCpu = medianRatio(ours, bare, (one, other) => other.cpuMicroseconds / one.cpuMicroseconds);
      const byThroughput = medianRatio(ours, bare, (one, other) => one.perSecond / other.perSecond);
      const values = {
        forwardAuthVsFastify: Math.min(byCpu, byThroughput),
        forwardAuthVsFastifyCpu: byCpu,
        forwardAuthVsFastifyThroughput: byThroughput,
      };
      const nginx = findNginx();
      if (nginx === undefined)
        return { values, series: direct, notes: ['There is no nginx on this machine.'] };
      for (const { origin } of servers) fronts.push(await startNginx(nginx, new URL(origin).host));
      const behind = await measure(
        'the same through nginx',
        servers.map((server, index) => behindNginx(server, fronts[index])),
        questions.map(({ headers }) => ({ path: '/page', headers: ['x-certificate', headers[1] ?? ''] })),
      );
      const [oursBehind, trivial] = behind;
      return {
        values: {
          ...values,
          behindNginxVsTrivial: medianRatio(
            oursBehind,
            trivial,
            (one, other) => one.perSecond / other.perSecond,
          ),
        },
        series: [...direct, ...behind],
      };
    } finally {
      await Promise.all([...fronts, ...(gate === undefined ? [] : [gate])].map((running) => running.stop()));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** The CPU time is that of the server behind. */
function behindNginx(server: Server, front: NginxProcess | undefined): Server {
  return { ...server, title: `nginx before ${server.title}`, origin: front?.origin ?? server.origin };
}

function sourceWith(anchorFile: string): object {
  return {
    source: 'certificate',
    profile: 'nginx',
    header: 'X-SSL-Client-Cert',
    verify: [{ header: 'X-SSL-Client-Verify', success: 'SUCCESS' }],
    trust: { anchors: [anchorFile] },
    idKind: 'intune',
    from: ['edge'],
  };
}

function createQuestions(folder: string): { questions: readonly Question[]; anchorFile: string } {
  const authority = createCertificateAuthority({ commonName: 'Bench CA', now: Date.now });
  const anchorFile = join(folder, 'device-ca.pem');
  writeFileSync(anchorFile, authority.certificatePem);
  const questions = Array.from({ length: DEVICES }, (_, index) => {
    const id = compliantDeviceId(index);
    const { certificatePem } = authority.issue({
      commonName: id,
      uris: [`IntuneDeviceId://${id}`],
      usage: 'client',
    });
    return {
      path: '/auth/request',
      headers: ['X-SSL-Client-Cert', encodeURIComponent(certificatePem), 'X-SSL-Client-Verify', 'SUCCESS'],
    };
  });
  return { questions, anchorFile };
}
