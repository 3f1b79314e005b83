import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { PROBLEMS } from '../problem.ts';
import { adminModelOperations } from './operations/admin-models.ts';
import { batchOperations } from './operations/batches.ts';
import { inferenceOperations } from './operations/inference.ts';
import { modelOperations } from './operations/models.ts';
import { operatorOperations } from './operations/operator.ts';
import { photoOperations } from './operations/photos.ts';
import { serviceOperations } from './operations/service.ts';
import { ERROR_CODES } from './schemas/problem.ts';
import { registerSecurity } from './security.ts';

export type OpenApiDocument = ReturnType<typeof buildDocument>;

/**
 * The OpenAPI 3.1 document of both ports, from the schemas that validate requests and from those
 * that the compiler holds to the types of what is sent.
 *
 * @param version of the software
 */
export function buildDocument(version: string) {
  const registry = new OpenAPIRegistry();
  const operations = [
    ...photoOperations,
    ...batchOperations,
    ...modelOperations,
    ...inferenceOperations,
    ...serviceOperations,
    ...operatorOperations,
    ...adminModelOperations,
  ];
  registerSecurity(registry);
  for (const operation of operations) registry.registerPath(operation);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'deep-makeover',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: describeInterface(),
    },
    servers: [{ url: '/', description: 'The public port, DM_PORT.' }],
    tags: [
      { name: 'Photos', description: 'What is done to photos.' },
      {
        name: 'Batches',
        description: 'Any number of photos at once, kept on the disk until they expire.',
      },
      { name: 'Models', description: 'What photos are made over with.' },
      {
        name: 'Inference',
        description:
          'The Open Inference Protocol v2, for clients of Triton: aligned crops in and out.',
      },
      { name: 'Service', description: 'What the service says about itself.' },
      {
        name: 'Operator',
        description: "Routes of the operator's port, which this page cannot try out.",
      },
    ],
  });
}

function describeInterface(): string {
  const rows = ERROR_CODES.map(
    (code) => `| \`${code}\` | ${PROBLEMS[code].status} | ${PROBLEMS[code].title} |`,
  );
  return `Makes over the faces of photos.

    curl --data-binary @in.jpg "http://localhost:8080/v1/makeover?model=feminine" -o out.jpg

Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\`; its status says whose
turn it is: 4xx the client's (429: its own budget), 503 ours. A method that a path does not offer
gets 405 with \`Allow\`.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}
`;
}
