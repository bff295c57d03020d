// k6/experimental/timers: k6 has removed it; scripts written for it still run here.

export * from 'k6/timers';
export { default } from 'k6/timers';
