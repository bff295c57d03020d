// What errors of Node mean to a guest.
import { code } from '../core/refusal.js';

/** Why an attempt failed: a code of the WIT, and what the server answered. */
export class Failure extends Error {
  constructor(errorCode, handshake) {
    super(errorCode.tag);
    this.code = errorCode;
    this.handshake = handshake;
  }
}

const SYSTEM = {
  ENOTFOUND: 'name-unresolvable',
  EAI_AGAIN: 'name-unresolvable',
  ENODATA: 'name-unresolvable',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  ECONNABORTED: 'connection-reset',
  EPIPE: 'connection-reset',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
};

/** What Node's parser of HTTP finds wrong, in the words of wasock's. */
const ANSWERS = {
  HPE_INVALID_CONSTANT: 'invalid HTTP version',
  HPE_INVALID_VERSION: 'invalid HTTP version',
  HPE_INVALID_STATUS: 'invalid response status',
  HPE_INVALID_HEADER_TOKEN: 'invalid header name',
  HPE_CR_EXPECTED: 'invalid new line',
  HPE_LF_EXPECTED: 'invalid new line',
};

/** An error of a connection that is made. */
export const connectError = (error) => {
  if (error instanceof Failure) return error.code;
  if (error.code in SYSTEM) return code(SYSTEM[error.code]);
  return code('other', error.message);
};

/** An error of the TLS handshake. */
export const tlsError = (error) => (error.code in SYSTEM ? code(SYSTEM[error.code]) : code('tls', error.message));

/** An error of the opening handshake. */
export const handshakeError = (error, limit) => {
  if (error instanceof Failure) return error.code;
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return code('bad-handshake', `the answer's headers are longer than ${limit} bytes`);
  }
  if (error.code?.startsWith('HPE_')) {
    return code('bad-handshake', `the answer is not HTTP: ${ANSWERS[error.code] ?? error.reason ?? error.message}`);
  }
  // Node calls an end without an answer a reset; only its text tells the two apart.
  if (error.message === 'socket hang up') return code('unexpected-end');
  return connectError(error);
};

/** What ws finds wrong with frames, in the words of wasock's library; the others are told as ws has them. */
export const frameError = (error, header) => {
  switch (error.code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
      return code('message-too-big');
    case 'WS_ERR_INVALID_UTF8':
      return code('invalid-utf8');
    default:
      return code('protocol-violation', violation(error, header));
  }
};

const violation = (error, header) => {
  const opcode = header === undefined ? undefined : header[0] & 0x0f;
  if ((opcode > 2 && opcode < 8) || opcode > 10) return `Encountered invalid opcode: ${opcode}`;
  switch (error.code) {
    case 'WS_ERR_UNEXPECTED_RSV_1':
    case 'WS_ERR_UNEXPECTED_RSV_2_3':
      return 'Reserved bits are non-zero';
    case 'WS_ERR_UNEXPECTED_MASK':
      return 'Received a masked frame from server';
    case 'WS_ERR_EXPECTED_FIN':
      return 'Fragmented control frame';
    case 'WS_ERR_INVALID_CLOSE_CODE':
      return 'Invalid close sequence';
    case 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH':
      return opcode === 8 && (header[1] & 0x7f) === 1
        ? 'Invalid close sequence'
        : 'Control frame too big (payload must be 125 bytes or less)';
    case 'WS_ERR_INVALID_OPCODE':
      return opcode === 0
        ? 'Continue frame but nothing to continue'
        : `While waiting for more fragments received: ${opcode === 1 ? 'TEXT' : 'BINARY'}`;
    default:
      return error.message;
  }
};

/** The close code that tells the peer of a failure that is its own. */
export const closeCodeFor = (errorCode) =>
  ({ 'protocol-violation': 1002, 'invalid-utf8': 1007, 'message-too-big': 1009 })[errorCode.tag];
