import type {
  PortProtocolJson,
  PortRequestJson,
  PublishedPortJson,
} from './gen/menv/machine/v1/machine_pb.js';
import type { PortProtocol, PortRequest, PublishedPort } from '../api.ts';

export function portToWire({
  guest,
  host = 0,
  protocol = 'tcp',
  address = '',
}: PortRequest): PortRequestJson {
  return { guest, host, protocol: protocolToWire(protocol), address };
}

export function protocolToWire(protocol: PortProtocol): PortProtocolJson {
  return protocol === 'udp' ? 'PORT_PROTOCOL_UDP' : 'PORT_PROTOCOL_TCP';
}

export function portFromWire({ request = {}, host = 0 }: PublishedPortJson): PublishedPort {
  const { guest = 0, host: wished = 0, protocol, address = '' } = request;
  return {
    guest,
    host,
    protocol: protocol === 'PORT_PROTOCOL_UDP' ? 'udp' : 'tcp',
    ...(address === '' ? {} : { address }),
    ...(wished === 0 || wished === host ? {} : { wished }),
  };
}
