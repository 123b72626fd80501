/** Why a target cannot be used, in words for its operator. Never holds a password or a value of a device. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly kind: 'busy' | 'unreachable' | 'lockLost' | 'refused';

  constructor(kind: TargetError['kind'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}
