/** What is to be added and removed: the same options wherever a change is asked for. */
import type { Command } from 'commander';
import { collect, parseSku } from './option-values.js';

export function wishOptions(command: Command): void {
  command
    .option('--add <sku>', 'product to add: part number or skuId; repeatable', collect(parseSku))
    .option(
      '--disable-plan <sku:plan,...>',
      'service plans of an added product that stay off; repeatable',
      collect(String),
    )
    .option(
      '--enable-plan <sku:plan,...>',
      'service plans that are on although keeping would leave them off; repeatable',
      collect(String),
    )
    .option('--remove <sku>', 'product to remove; repeatable', collect(parseSku))
    .option(
      '--swap <from:to>',
      'products to replace by others (A:B, or A+B:C); keeps plans; repeatable',
      collect(String),
    )
    .option('--keep-plans', 'leave off in what is added what is off now in what is removed (the default of a swap)')
    .option('--no-keep-plans', 'switch on all plans of what is added, except for --disable-plan')
    .option(
      '--losing <service,...>',
      'services that a swap may take away: a service, a plan, or a removed product for all of its own; repeatable',
      collect(String),
    );
}
