/** Folder, below the one a command runs in, where a stack of `licenseflow up` keeps its state. */
export const STATE_FOLDER = '.licenseflow';
