/** A message to one person. */
export interface MailMessage {
  /** A bare address. */
  readonly from: string;
  /** A bare address. */
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

export type MailVerdict =
  | { readonly is: 'sent' }
  /** `detail` is for operators: free of secrets, addresses and content. */
  | { readonly is: 'failed'; readonly detail: string };

/** Port: one mail server. Never throws. */
export interface MailSender {
  /** Messages travel over TLS. */
  readonly isEncrypted: boolean;
  /** `sent` once the server has taken the message. */
  send(message: MailMessage, signal: AbortSignal): Promise<MailVerdict>;
}

/** Port: the mail servers that are configured. Journeys speak to no others. */
export interface MailSenders {
  find(host: string, port: number): MailSender | undefined;
}
