import { readAuthorities } from '../tls/certificateTrust.ts';
import type { NodeConfig } from './configSchema.ts';
import type { NodeSetup } from './gateConfig.ts';
import type { Path, Resolution } from './resolution.ts';

/** Reads the CA files of a node's certificate sources. */
export function resolveNode(node: NodeConfig, name: string, resolution: Resolution): NodeSetup {
  return {
    ...node,
    deviceId: node.deviceId.map((source, index) => {
      if (source.source !== 'certificate') return source;
      const at = ['nodes', name, 'deviceId', index, 'trust'];
      return {
        ...source,
        trust: {
          anchors: readCertificates(source.trust.anchors, [...at, 'anchors'], resolution),
          intermediates: readCertificates(source.trust.intermediates, [...at, 'intermediates'], resolution),
        },
      };
    }),
  };
}

function readCertificates(files: readonly string[], at: Path, resolution: Resolution): readonly string[] {
  return files.flatMap((file, index) => {
    const pem = resolution.readFile([...at, index], file)?.toString();
    if (pem === undefined) return [];
    try {
      readAuthorities(pem);
      return [pem];
    } catch (error) {
      resolution.problem(
        [...at, index],
        `names a file that is no list of CA certificates: ${(error as Error).message}`,
      );
      return [];
    }
  });
}
