/** The keys: one that wraps secrets, one that signs what gateways may run, one that seals proofs. */
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

const alias = (scope: Construct, name: string) => `${Stack.of(scope).stackName}/${name}`;

/** Wraps the data keys of git tokens and hook secrets. Losing it loses them, so it outlives the stack. */
export class DataKey extends Key {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Wraps git tokens and hook secrets',
      alias: alias(scope, 'data'),
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/** Signs versions. Gateways hold its public half, so it outlives the stack. KMS cannot rotate such keys by itself. */
export class SigningKey extends Key {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Signs the versions that gateways may run',
      alias: alias(scope, 'signing'),
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/**
 * Seals proofs. Apart from the other, because the API signs with it, and the API must not be able to sign what
 * gateways run. Whoever keeps proofs verifies them with its public half, so it outlives the stack.
 */
export class ProofKey extends Key {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Seals the proofs of what gateways run',
      alias: alias(scope, 'proof'),
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
