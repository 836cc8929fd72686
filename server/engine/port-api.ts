export type PortProtocol = 'tcp' | 'udp';

export interface PortRequest {
  /** Of the server, which is reached at the guest's loopback address. */
  readonly guest: number;
  /** Of this host; another is chosen when it is taken. Absent: any. */
  readonly host?: number;
  /** Default tcp. */
  readonly protocol?: PortProtocol;
  /** IP address of this host. Absent: localhost, in both families. */
  readonly address?: string;
}

export interface PublishedPort {
  readonly guest: number;
  readonly host: number;
  readonly protocol: PortProtocol;
  readonly address?: string;
  /** It was taken, so that `host` is another. */
  readonly wished?: number;
}

/** Ports of this host that lead into a running sandbox, whatever its network scope. They end with the run. */
export interface SandboxPorts {
  /** In the order of their publication. */
  list(signal?: AbortSignal): Promise<readonly PublishedPort[]>;
  /** What is published already is answered as it is. PORT, PORT_PRIVILEGED, LIMIT. */
  publish(port: PortRequest, signal?: AbortSignal): Promise<PublishedPort>;
  /** `host`: a published port's. Its connections end. PORT_UNKNOWN. */
  withdraw(host: number, protocol?: PortProtocol, signal?: AbortSignal): Promise<void>;
  /** TCP ports on which servers in the sandbox listen now; none when it does not say so in time. */
  listening(signal?: AbortSignal): Promise<readonly number[]>;
  /** TCP ports on which servers in the sandbox listen: now, then after each change, published or not. */
  watchListening(signal: AbortSignal): AsyncIterable<readonly number[]>;
}

/** A byte stream to a server in the guest. */
export interface GuestConnection {
  readonly incoming: AsyncIterable<Uint8Array>;
  write(data: Uint8Array): Promise<void>;
  end(): Promise<void>;
  close(): void;
}
