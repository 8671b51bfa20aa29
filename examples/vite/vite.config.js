// The pages name the CDN: `waybill url --env dev` says where that is.
export default { base: process.env.CDN_URL ?? '/' };
