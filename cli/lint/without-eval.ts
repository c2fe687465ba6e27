/** One document is checked and the process ends: what zod would compile first is not worth the time it takes. */
import * as z from 'zod';

z.config({ jitless: true });
