/** Where a pass through all devices of a tenant has got to. */
export interface Bookmark {
  readonly tenant: string;
  /** What the rows of the pass tell, so that a pass for other wishes is not gone on with. */
  readonly rowsTell: string;
  /** As the list gave it. May hold the name of a device. */
  readonly position: string;
  readonly pages: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly savedAt: number;
}

/** Port: keeps the bookmark of one tenant over restarts. Both methods may reject. */
export interface BookmarkKeeper {
  /** Undefined if there is none that can be read. */
  read(): Promise<Bookmark | undefined>;
  /** Undefined: there is nothing to go on with. */
  write(bookmark: Bookmark | undefined): Promise<void>;
}
