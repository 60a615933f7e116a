/** Sizes of templates that more than one part has to know. */

/** Of a file behind `template_uri`: an archive as it is sent, its files together, or a single file `[CreateStack]`. */
export const maxTemplateBytes = 1024 * 1024
