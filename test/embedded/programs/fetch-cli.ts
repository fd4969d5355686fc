/** A program: resolves the Temporal CLI by the download from the endpoint in its argument, and prints the path. */
import { resolveTemporal } from '../../../src/embedded/temporal-cli/resolve.js';
import { sdkDownload } from '../../../src/embedded/temporal-cli/sdk-download.js';

const [endpoint = ''] = process.argv.slice(2);
const source = await resolveTemporal({ log: () => {}, fetchRoutes: [sdkDownload({ endpoint })] });
console.log(source.kind === 'cli' ? source.cli.path : source.address);
