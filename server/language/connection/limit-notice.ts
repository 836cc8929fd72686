import { MessageType, ShowMessageNotification, type Connection } from 'vscode-languageserver';
import type { Limited } from '../features/limited.ts';

/** Tells once of each feature that it does not show everything. */
export class LimitNotice {
  readonly #connection: Connection;
  readonly #told = new Set<string>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The items; `what`: as users call them. */
  of<T>(what: string, { items, limit }: Limited<T>): T[] {
    if (limit !== undefined && !this.#told.has(what)) {
      this.#told.add(what);
      const message = `Sandboxfile: there are too many ${what}; ${String(limit)} are shown.`;
      void this.#connection.sendNotification(ShowMessageNotification.type, {
        type: MessageType.Info,
        message,
      });
    }
    return [...items];
  }
}
