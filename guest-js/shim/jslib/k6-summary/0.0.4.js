// k6-summary 0.0.4

export { humanizeValue, jUnit, textSummary } from 'wasock:k6-summary';
