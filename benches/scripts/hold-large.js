// Each user keeps a connection open. The script is 11 KB long and has 40 functions, as tests of real services do.
import ws from 'k6/ws';

export function joinRoom(message, options) {
  const result = { kind: 'join-room', tags: [] };
  if (message.room === undefined) return { ...result, error: 'no room' };
  for (const entry of options.rooms ?? []) result.tags.push(`${entry}:${message.room}`);
  return result;
}

export function leaveRoom(message, options) {
  const result = { kind: 'leave-room', tags: [] };
  if (message.room === undefined) return { ...result, error: 'no room' };
  for (const entry of options.rooms ?? []) result.tags.push(`${entry}:${message.room}`);
  return result;
}

export function parseRoom(message, options) {
  const result = { kind: 'parse-room', tags: [] };
  if (message.room === undefined) return { ...result, error: 'no room' };
  for (const entry of options.rooms ?? []) result.tags.push(`${entry}:${message.room}`);
  return result;
}

export function formatRoom(message, options) {
  const result = { kind: 'format-room', tags: [] };
  if (message.room === undefined) return { ...result, error: 'no room' };
  for (const entry of options.rooms ?? []) result.tags.push(`${entry}:${message.room}`);
  return result;
}

export function checkRoom(message, options) {
  const result = { kind: 'check-room', tags: [] };
  if (message.room === undefined) return { ...result, error: 'no room' };
  for (const entry of options.rooms ?? []) result.tags.push(`${entry}:${message.room}`);
  return result;
}

export function joinUser(message, options) {
  const result = { kind: 'join-user', tags: [] };
  if (message.user === undefined) return { ...result, error: 'no user' };
  for (const entry of options.users ?? []) result.tags.push(`${entry}:${message.user}`);
  return result;
}

export function leaveUser(message, options) {
  const result = { kind: 'leave-user', tags: [] };
  if (message.user === undefined) return { ...result, error: 'no user' };
  for (const entry of options.users ?? []) result.tags.push(`${entry}:${message.user}`);
  return result;
}

export function parseUser(message, options) {
  const result = { kind: 'parse-user', tags: [] };
  if (message.user === undefined) return { ...result, error: 'no user' };
  for (const entry of options.users ?? []) result.tags.push(`${entry}:${message.user}`);
  return result;
}

export function formatUser(message, options) {
  const result = { kind: 'format-user', tags: [] };
  if (message.user === undefined) return { ...result, error: 'no user' };
  for (const entry of options.users ?? []) result.tags.push(`${entry}:${message.user}`);
  return result;
}

export function checkUser(message, options) {
  const result = { kind: 'check-user', tags: [] };
  if (message.user === undefined) return { ...result, error: 'no user' };
  for (const entry of options.users ?? []) result.tags.push(`${entry}:${message.user}`);
  return result;
}

export function joinOrder(message, options) {
  const result = { kind: 'join-order', tags: [] };
  if (message.order === undefined) return { ...result, error: 'no order' };
  for (const entry of options.orders ?? []) result.tags.push(`${entry}:${message.order}`);
  return result;
}

export function leaveOrder(message, options) {
  const result = { kind: 'leave-order', tags: [] };
  if (message.order === undefined) return { ...result, error: 'no order' };
  for (const entry of options.orders ?? []) result.tags.push(`${entry}:${message.order}`);
  return result;
}

export function parseOrder(message, options) {
  const result = { kind: 'parse-order', tags: [] };
  if (message.order === undefined) return { ...result, error: 'no order' };
  for (const entry of options.orders ?? []) result.tags.push(`${entry}:${message.order}`);
  return result;
}

export function formatOrder(message, options) {
  const result = { kind: 'format-order', tags: [] };
  if (message.order === undefined) return { ...result, error: 'no order' };
  for (const entry of options.orders ?? []) result.tags.push(`${entry}:${message.order}`);
  return result;
}

export function checkOrder(message, options) {
  const result = { kind: 'check-order', tags: [] };
  if (message.order === undefined) return { ...result, error: 'no order' };
  for (const entry of options.orders ?? []) result.tags.push(`${entry}:${message.order}`);
  return result;
}

export function joinPrice(message, options) {
  const result = { kind: 'join-price', tags: [] };
  if (message.price === undefined) return { ...result, error: 'no price' };
  for (const entry of options.prices ?? []) result.tags.push(`${entry}:${message.price}`);
  return result;
}

export function leavePrice(message, options) {
  const result = { kind: 'leave-price', tags: [] };
  if (message.price === undefined) return { ...result, error: 'no price' };
  for (const entry of options.prices ?? []) result.tags.push(`${entry}:${message.price}`);
  return result;
}

export function parsePrice(message, options) {
  const result = { kind: 'parse-price', tags: [] };
  if (message.price === undefined) return { ...result, error: 'no price' };
  for (const entry of options.prices ?? []) result.tags.push(`${entry}:${message.price}`);
  return result;
}

export function formatPrice(message, options) {
  const result = { kind: 'format-price', tags: [] };
  if (message.price === undefined) return { ...result, error: 'no price' };
  for (const entry of options.prices ?? []) result.tags.push(`${entry}:${message.price}`);
  return result;
}

export function checkPrice(message, options) {
  const result = { kind: 'check-price', tags: [] };
  if (message.price === undefined) return { ...result, error: 'no price' };
  for (const entry of options.prices ?? []) result.tags.push(`${entry}:${message.price}`);
  return result;
}

export function joinQuote(message, options) {
  const result = { kind: 'join-quote', tags: [] };
  if (message.quote === undefined) return { ...result, error: 'no quote' };
  for (const entry of options.quotes ?? []) result.tags.push(`${entry}:${message.quote}`);
  return result;
}

export function leaveQuote(message, options) {
  const result = { kind: 'leave-quote', tags: [] };
  if (message.quote === undefined) return { ...result, error: 'no quote' };
  for (const entry of options.quotes ?? []) result.tags.push(`${entry}:${message.quote}`);
  return result;
}

export function parseQuote(message, options) {
  const result = { kind: 'parse-quote', tags: [] };
  if (message.quote === undefined) return { ...result, error: 'no quote' };
  for (const entry of options.quotes ?? []) result.tags.push(`${entry}:${message.quote}`);
  return result;
}

export function formatQuote(message, options) {
  const result = { kind: 'format-quote', tags: [] };
  if (message.quote === undefined) return { ...result, error: 'no quote' };
  for (const entry of options.quotes ?? []) result.tags.push(`${entry}:${message.quote}`);
  return result;
}

export function checkQuote(message, options) {
  const result = { kind: 'check-quote', tags: [] };
  if (message.quote === undefined) return { ...result, error: 'no quote' };
  for (const entry of options.quotes ?? []) result.tags.push(`${entry}:${message.quote}`);
  return result;
}

export function joinBasket(message, options) {
  const result = { kind: 'join-basket', tags: [] };
  if (message.basket === undefined) return { ...result, error: 'no basket' };
  for (const entry of options.baskets ?? []) result.tags.push(`${entry}:${message.basket}`);
  return result;
}

export function leaveBasket(message, options) {
  const result = { kind: 'leave-basket', tags: [] };
  if (message.basket === undefined) return { ...result, error: 'no basket' };
  for (const entry of options.baskets ?? []) result.tags.push(`${entry}:${message.basket}`);
  return result;
}

export function parseBasket(message, options) {
  const result = { kind: 'parse-basket', tags: [] };
  if (message.basket === undefined) return { ...result, error: 'no basket' };
  for (const entry of options.baskets ?? []) result.tags.push(`${entry}:${message.basket}`);
  return result;
}

export function formatBasket(message, options) {
  const result = { kind: 'format-basket', tags: [] };
  if (message.basket === undefined) return { ...result, error: 'no basket' };
  for (const entry of options.baskets ?? []) result.tags.push(`${entry}:${message.basket}`);
  return result;
}

export function checkBasket(message, options) {
  const result = { kind: 'check-basket', tags: [] };
  if (message.basket === undefined) return { ...result, error: 'no basket' };
  for (const entry of options.baskets ?? []) result.tags.push(`${entry}:${message.basket}`);
  return result;
}

export function joinTicket(message, options) {
  const result = { kind: 'join-ticket', tags: [] };
  if (message.ticket === undefined) return { ...result, error: 'no ticket' };
  for (const entry of options.tickets ?? []) result.tags.push(`${entry}:${message.ticket}`);
  return result;
}

export function leaveTicket(message, options) {
  const result = { kind: 'leave-ticket', tags: [] };
  if (message.ticket === undefined) return { ...result, error: 'no ticket' };
  for (const entry of options.tickets ?? []) result.tags.push(`${entry}:${message.ticket}`);
  return result;
}

export function parseTicket(message, options) {
  const result = { kind: 'parse-ticket', tags: [] };
  if (message.ticket === undefined) return { ...result, error: 'no ticket' };
  for (const entry of options.tickets ?? []) result.tags.push(`${entry}:${message.ticket}`);
  return result;
}

export function formatTicket(message, options) {
  const result = { kind: 'format-ticket', tags: [] };
  if (message.ticket === undefined) return { ...result, error: 'no ticket' };
  for (const entry of options.tickets ?? []) result.tags.push(`${entry}:${message.ticket}`);
  return result;
}

export function checkTicket(message, options) {
  const result = { kind: 'check-ticket', tags: [] };
  if (message.ticket === undefined) return { ...result, error: 'no ticket' };
  for (const entry of options.tickets ?? []) result.tags.push(`${entry}:${message.ticket}`);
  return result;
}

export function joinChart(message, options) {
  const result = { kind: 'join-chart', tags: [] };
  if (message.chart === undefined) return { ...result, error: 'no chart' };
  for (const entry of options.charts ?? []) result.tags.push(`${entry}:${message.chart}`);
  return result;
}

export function leaveChart(message, options) {
  const result = { kind: 'leave-chart', tags: [] };
  if (message.chart === undefined) return { ...result, error: 'no chart' };
  for (const entry of options.charts ?? []) result.tags.push(`${entry}:${message.chart}`);
  return result;
}

export function parseChart(message, options) {
  const result = { kind: 'parse-chart', tags: [] };
  if (message.chart === undefined) return { ...result, error: 'no chart' };
  for (const entry of options.charts ?? []) result.tags.push(`${entry}:${message.chart}`);
  return result;
}

export function formatChart(message, options) {
  const result = { kind: 'format-chart', tags: [] };
  if (message.chart === undefined) return { ...result, error: 'no chart' };
  for (const entry of options.charts ?? []) result.tags.push(`${entry}:${message.chart}`);
  return result;
}

export function checkChart(message, options) {
  const result = { kind: 'check-chart', tags: [] };
  if (message.chart === undefined) return { ...result, error: 'no chart' };
  for (const entry of options.charts ?? []) result.tags.push(`${entry}:${message.chart}`);
  return result;
}

export default function () {
  ws.connect(__ENV.URL, {}, () => {});
}
