// An OpenID provider for tests: panva's oidc-provider (OpenID Certified), with one console as its client and whoever
// types an address as its person. Arguments: what the client is registered with, as JSON; prints its own address.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const library = createRequire(`${process.env.PROVIDER_MODULES}/`).resolve('oidc-provider');
const { default: Provider } = await import(pathToFileURL(library));

const page = (heading, inside) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${heading}</title><main><h1>${heading}</h1>${inside}</main></html>`;

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [JSON.parse(process.argv[2])],
  jwks: { keys: [{ ...key, kid: 'tests', use: 'sig', alg: 'RS256' }] },
  cookies: { keys: ['tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  acrValues: ['twice'],
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: !id.startsWith('unverified') }),
  }),
  // Whoever signs in agrees: there is one client.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      logoutSource: (ctx, form) => {
        ctx.body = page('Sign out?', `${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`);
      },
    },
  },
});

const answers = provider.callback();
server.on('request', async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answers(request, response);
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html');
    return response.end(page('Who are you?', `<form method="post"><label>Account <input name="account"></label>
<button>Sign in</button> <button name="cancel" value="yes">Cancel</button></form>`));
  }
  let body = '';
  for await (const piece of request) body += piece;
  const fields = new URLSearchParams(body);
  const result = fields.get('cancel')
    ? { error: 'access_denied' }
    : { login: { accountId: fields.get('account'), acr: 'twice' } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
});
console.log(issuer);
