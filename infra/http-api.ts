/** The HTTP API: deliveries go to the webhook function, everything else to the API function. */

import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { KtFunction } from './functions.ts';

/** Requests a second, and how many may come at once: a gateway fleet polls, a git host delivers in bursts. */
const THROTTLE = { rateLimit: 500, burstLimit: 1000 } as const;

/**
 * Who asked, and how it went. No path, no query, no header: each can hold a token that somebody put there. What was
 * asked for is in the function's own line, by its route and the same request id.
 */
const ACCESS_LOG = JSON.stringify({
  fact: 'http.answered',
  at: '$context.requestTime',
  request_id: '$context.requestId',
  ip: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  bytes: '$context.responseLength',
  latency_ms: '$context.responseLatency',
  integration_ms: '$context.integrationLatency',
  error: '$context.integrationErrorMessage',
});

export class KtHttpApi extends Construct {
  readonly api: HttpApi;
  /** Where the API is reached, without a trailing slash. Of the API alone, so that its functions can be told. */
  readonly url: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: Stack.of(this).stackName,
      createDefaultStage: false,
    });
    this.url = this.api.apiEndpoint;
    const log = new LogGroup(this, 'AccessLog', {
      logGroupName: `/${Stack.of(this).stackName}/http`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
  }

  routeDeliveries(to: KtFunction): void {
    const key = HttpRouteKey.with('/v1/hooks/{hookId}', HttpMethod.POST);
    this.route('Hook', key, to, 'A delivery carries a signature over its bytes; the function verifies it.');
  }

  routeEverythingElse(to: KtFunction): void {
    this.route(
      'Default',
      HttpRouteKey.DEFAULT,
      to,
      'Tokens, roles and teams are in the table; the function checks them.',
    );
  }

  private route(id: string, routeKey: HttpRouteKey, to: KtFunction, whyNoAuthorizer: string): void {
    const integration = new HttpLambdaIntegration(`${id}Integration`, to.function);
    const route = new HttpRoute(this, `${id}Route`, { httpApi: this.api, routeKey, integration });
    Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason: whyNoAuthorizer });
  }
}
