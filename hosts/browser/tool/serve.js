// Serves a page to browsers of this machine.
import { createServer } from 'node:http';
import { extname } from 'node:path';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/**
 * Starts a server of files.
 *
 * @param {Map<string, Uint8Array>} files by path
 * @param {number} port 0 takes any free one
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export const serve = (files, port) =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname).slice(1) || 'index.html';
      const content = files.get(path);
      if (!content) return response.writeHead(404).end('There is no such file.\n');
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(content);
    });
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const close = () => {
        server.close();
        server.closeAllConnections();
      };
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, close });
    });
  });
