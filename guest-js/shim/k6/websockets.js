// k6/websockets: the WebSocket class and what it sends and receives.

import { Blob } from 'wasock:blob';
import { WebSocket } from 'wasock:websocket';

export { Blob, WebSocket };
export default { Blob, WebSocket };
