// Node.js before 22 has no WebSocket of its own.

import WebSocket from 'ws';

globalThis.WebSocket ??= /** @type {typeof globalThis.WebSocket} */ (/** @type {unknown} */ (WebSocket));
