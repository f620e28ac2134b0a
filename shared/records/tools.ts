import type { RecordTools } from '../domain/record/pipeline.ts';
import { country } from './country.ts';
import { hash } from './hash.ts';
import { phone } from './phone.ts';
import { toolsVersion } from './tools-version.ts';

/** The record pipeline's tools. */
export const recordTools: RecordTools = { hash, phone, country, version: toolsVersion };
