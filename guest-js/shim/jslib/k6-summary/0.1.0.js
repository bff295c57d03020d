// k6-summary 0.1.0

export { humanizeValue, jUnit, textSummary } from 'wasock:k6-summary';
