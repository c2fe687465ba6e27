/** The table: every fact the system keeps. */
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { TABLE } from '../lib/aws/table.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

export class KtTable extends Table {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      partitionKey: text(TABLE.partitionKey),
      sortKey: text(TABLE.sortKey),
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: TABLE.expiry,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Not a key of ours: every function would then need Decrypt on it, also those that must not decrypt anything.
      encryption: TableEncryption.AWS_MANAGED,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const indexes = Object.values(TABLE.indexes);
    for (const index of indexes) {
      this.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: text(index.partitionKey),
        sortKey: text(index.sortKey),
        projectionType: ProjectionType.ALL,
      });
    }
  }

  /** Policies name indexes one by one instead of `index/*`. */
  indexArn(name: keyof typeof TABLE.indexes): string {
    return `${this.tableArn}/index/${TABLE.indexes[name].name}`;
  }
}
