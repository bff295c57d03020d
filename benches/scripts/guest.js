// What the guests in other languages do, as a script: `make bench-hosts` runs it beside them.
export { default as flood } from './flood.js';
export { default, default as pingPong } from './ping-pong.js';
