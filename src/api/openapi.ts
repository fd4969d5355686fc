import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

/** What the document says beside the routes. */
export function openApi(): NonNullable<FastifyDynamicSwaggerOptions['openapi']> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'licenseflow',
      version: '1',
      description:
        'Microsoft 365 licences on request: approved, verified by read-back, exactly reversible. Whoever is signed in acts in their own name. Everything that goes wrong is told as Problem Details (RFC 9457) with a stable `code` and a `remedy`.',
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    // Relative to the document, so that it holds wherever the server is reached.
    servers: [{ url: '/', description: 'This server.' }],
    tags: [
      { name: 'requests', description: 'Licences that somebody asks for.' },
      { name: 'decisions', description: 'What waits for an approver.' },
      { name: 'batches', description: 'One wish for several people.' },
      { name: 'directory', description: 'People, and what can be asked for.' },
      { name: 'seats', description: 'Seats, promises and wait-lists.' },
      { name: 'campaigns', description: 'Many people, in waves.' },
      { name: 'audit', description: 'What happened, for those who look years later.' },
    ],
    components: {
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token of Microsoft Entra ID for this application, with its app roles.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'licenseflow-session',
          description: 'The session of the console. Calls that change something need its token in `x-csrf-token`.',
        },
      },
    },
  };
}

interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}

/** The document without schemas that nothing in it refers to: each is made for calls and for answers, and most are used once. */
export function onlyReferenced<T extends object>(document: T): T {
  const { components } = document as Document;
  const schemas = Object.entries(components?.schemas ?? {});
  const text = JSON.stringify(document);
  const used = schemas.filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  if (used.length === schemas.length) return document;
  return onlyReferenced({ ...document, components: { ...components, schemas: Object.fromEntries(used) } });
}
