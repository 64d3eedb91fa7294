import type { ConsumerLog } from '@qingpu/runtime/consumer';
import type { PinoLogger } from 'nestjs-pino';

/** The runtime's log on the host's own. */
export function consumerLogOf(logger: PinoLogger): ConsumerLog {
  logger.setContext('runtime');
  return {
    info: (facts, message) => logger.info(facts, message),
    warn: (facts, message) => logger.warn(facts, message),
    error: (facts, message) => logger.error(facts, message),
  };
}
