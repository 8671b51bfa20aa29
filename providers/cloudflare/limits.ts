export const plans = ['free', 'pro', 'business', 'enterprise'] as const;

export type Plan = (typeof plans)[number];

/** A token bucket: so many at once, and refilled so fast. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface PlanLimits {
  /** URLs in one request. */
  readonly urlsPerRequest: number;
  /** URLs a second, as a moving average over the account. */
  readonly urls: Rate;
  /** Prefixes, tags or hosts in one request. */
  readonly othersPerRequest: number;
  /** Requests that name anything but URLs, over the account. */
  readonly requests: Rate;
}

/** https://developers.cloudflare.com/cache/how-to/purge-cache/#availability-and-limits, as of July 2026; 30 per request was the old limit. */
export const limitsByPlan: Readonly<Record<Plan, PlanLimits>> = {
  free: makeLimits({ urls: 800, urlsPerRequest: 100, perSecond: 5 / 60, burst: 25 }),
  pro: makeLimits({ urls: 1_500, urlsPerRequest: 100, perSecond: 5, burst: 25 }),
  business: makeLimits({ urls: 1_500, urlsPerRequest: 100, perSecond: 10, burst: 50 }),
  enterprise: makeLimits({ urls: 3_000, urlsPerRequest: 500, perSecond: 50, burst: 500 }),
};

/** A prefix has at most so many `/`. https://developers.cloudflare.com/cache/how-to/purge-cache/purge_by_prefix/#limitations */
export const mostPrefixSeparators = 31;

function makeLimits(row: { urls: number; urlsPerRequest: number; perSecond: number; burst: number }): PlanLimits {
  return {
    urlsPerRequest: row.urlsPerRequest,
    urls: { perSecond: row.urls, burst: row.urls },
    othersPerRequest: 100,
    requests: { perSecond: row.perSecond, burst: row.burst },
  };
}
