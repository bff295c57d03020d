// k6/timers: the global timers, by import.

import { clearInterval, clearTimeout, setInterval, setTimeout } from 'wasock:timers';

export { clearInterval, clearTimeout, setInterval, setTimeout };
export default { clearInterval, clearTimeout, setInterval, setTimeout };
