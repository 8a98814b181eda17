/** The second parameter of `setParameters`, which the standard library's types do not know yet. */
interface KeyFrameSetter {
  setParameters(
    parameters: RTCRtpSendParameters,
    options: { readonly encodingOptions: readonly { readonly keyFrame: boolean }[] },
  ): Promise<void>;
}

/**
 * Asks a sender's encoder for a key frame on all layers. Does nothing where the browser cannot: the receivers ask by
 * themselves after a while.
 *
 * @see WebRTC Extensions, RTCSetParameterOptions
 */
export async function requestKeyFrame(sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters();
  const encodingOptions = parameters.encodings.map(() => ({ keyFrame: true }));
  await (sender as KeyFrameSetter).setParameters(parameters, { encodingOptions }).catch(() => {});
}
