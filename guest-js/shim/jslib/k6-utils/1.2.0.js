// k6-utils 1.2.0

export {
  findBetween,
  normalDistributionStages,
  randomIntBetween,
  randomItem,
  randomString,
  uuidv4,
} from 'wasock:k6-utils';
