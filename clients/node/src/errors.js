import { status } from '@grpc/grpc-js';

const DOMAIN = 'lattice.v1';

/** What the node, or the way to it, did not do. The message is a sentence that says what to do. */
export class LatticeError extends Error {
  /**
   * @param {string} reason one of those of store.proto, or the name of the gRPC status if the error is not the node's own
   * @param {string} message
   * @param {Record<string, string>} metadata
   */
  constructor(reason, message, metadata = {}) {
    super(message);
    this.name = 'LatticeError';
    this.reason = reason;
    this.metadata = metadata;
  }

  /** Whether the node was not reached, or is going away, so that it is worth trying again. */
  get isPassing() {
    return this.reason === 'UNREACHABLE' || this.reason === 'CLOSED';
  }
}

/** The error for a failed call. */
export function fromRpc(error) {
  if (error instanceof LatticeError) {
    return error;
  }
  const message = error.details || error.message;
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (details) {
    const info = errorInfo(details);
    if (info) {
      return new LatticeError(info.reason, message, info.metadata);
    }
  }
  // INTERNAL without a reason is not the node's: gRPC says so too of a connection that breaks while something is written to it.
  if (error.code === status.UNAVAILABLE || error.code === status.INTERNAL) {
    return new LatticeError('UNREACHABLE', `The node did not answer (${message}). See that it runs.`);
  }
  return new LatticeError(status[error.code] ?? 'UNKNOWN', message);
}

/** The error for a write of many that failed. */
export function fromFailure(failure) {
  const metadata = Object.fromEntries(Object.entries(failure.metadata ?? {}));
  return new LatticeError(failure.reason || (status[failure.code] ?? 'UNKNOWN'), failure.message ?? '', metadata);
}

/** The google.rpc.ErrorInfo in a google.rpc.Status: two small messages, read by hand so as not to need their .proto. */
function errorInfo(bytes) {
  for (const [field, any] of fields(bytes)) {
    if (field !== 3) {
      continue;
    }
    const detail = new Map(fields(any));
    if (detail.get(1)?.toString() !== 'type.googleapis.com/google.rpc.ErrorInfo') {
      continue;
    }
    const info = { reason: '', domain: '', metadata: {} };
    for (const [number, value] of fields(detail.get(2) ?? Buffer.alloc(0))) {
      if (number === 1) {
        info.reason = value.toString();
      } else if (number === 2) {
        info.domain = value.toString();
      } else if (number === 3) {
        const pair = new Map(fields(value));
        info.metadata[pair.get(1)?.toString() ?? ''] = pair.get(2)?.toString() ?? '';
      }
    }
    if (info.domain === DOMAIN) {
      return info;
    }
  }
  return undefined;
}

/** The length-delimited fields of a message of protocol buffers; numbers are passed over. */
function* fields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        break;
      }
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    if ((tag & 7) === 2) {
      const length = varint();
      yield [tag >>> 3, Buffer.from(bytes.subarray(at, at + length))];
      at += length;
    } else if ((tag & 7) === 0) {
      varint();
    } else {
      return;
    }
  }
}
