/** What DynamoDB answers to a request that it will not look at: the SDK has no class of its own for it. */
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';

export const METADATA = { $metadata: { httpStatusCode: 400, attempts: 1 } } as const;

export function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({
    name: 'ValidationException',
    $fault: 'client',
    message,
    ...METADATA,
  });
}

export function isInvalid(error: unknown): error is DynamoDBServiceException {
  return error instanceof DynamoDBServiceException && error.name === 'ValidationException';
}
