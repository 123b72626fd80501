/**
 * Port: which replica may page the devices of a tenant now. Each pages for its own memory, one after the other, so that Microsoft is
 * asked for one list at a time however many replicas there are. Both methods settle soon, and neither rejects.
 */
export interface FollowLease {
  /** Gets the right, or keeps it, for `holdMs`. False: somebody else has it. */
  take(tenant: string, holdMs: number): Promise<boolean>;
  /** Gives it back, if it is held here. */
  release(tenant: string): Promise<void>;
}

/** Where there is nobody else. */
export const ONLY_REPLICA: FollowLease = {
  take: () => Promise.resolve(true),
  release: () => Promise.resolve(),
};
