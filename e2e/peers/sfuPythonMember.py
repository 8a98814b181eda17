"""A participant on LiveKit's Python SDK, unmodified. Publishes a tone; says as lines of JSON what happens to it; is told what to
do by lines on its standard input: mute, unmute, share, say TEXT, resume, restart, leave."""

import asyncio
import json
import math
import sys

from livekit import rtc

SAMPLE_RATE_HZ = 48_000
FRAME_SAMPLES = 480
TONE_HZ = 440
AMPLITUDE = 8_000
WIDTH, HEIGHT = 320, 180
LOUD = 500


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


async def hum(source):
    sample = 0
    while True:
        frame = rtc.AudioFrame.create(SAMPLE_RATE_HZ, 1, FRAME_SAMPLES)
        for index in range(FRAME_SAMPLES):
            frame.data[index] = int(AMPLITUDE * math.sin(2 * math.pi * TONE_HZ * (sample + index) / SAMPLE_RATE_HZ))
        sample += FRAME_SAMPLES
        await source.capture_frame(frame)


async def paint(source):
    shade = 0
    while True:
        shade = (shade + 5) % 256
        picture = bytearray([shade]) * (WIDTH * HEIGHT * 3 // 2)
        source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, picture))
        await asyncio.sleep(0.1)


async def listen(track, identity):
    heard = 0
    if track.kind == rtc.TrackKind.KIND_AUDIO:
        async for event in rtc.AudioStream(track):
            if max(event.frame.data) > LOUD:
                heard += 1
                if heard % 20 == 0:
                    tell("heard", of=identity, frames=heard)
    else:
        async for _ in rtc.VideoStream(track):
            heard += 1
            if heard % 5 == 0:
                tell("seen", of=identity, frames=heard)


async def main(url, token, key):
    room = rtc.Room()
    tasks = set()

    def start(coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        tasks.add(task)

    room.on("track_subscribed", lambda track, publication, participant: start(listen(track, participant.identity)))
    room.on("track_muted", lambda participant, publication: tell("muted", of=participant.identity))
    room.on("track_unmuted", lambda participant, publication: tell("unmuted", of=participant.identity))
    room.on("data_received", lambda packet: tell("data", text=packet.data.decode(), topic=packet.topic))
    room.on("reconnecting", lambda: tell("reconnecting"))
    room.on("reconnected", lambda: tell("reconnected"))
    options = rtc.RoomOptions(auto_subscribe=True)
    if key:
        provider = rtc.KeyProviderOptions(shared_key=key.encode())
        options = rtc.RoomOptions(auto_subscribe=True, encryption=rtc.E2EEOptions(key_provider_options=provider))
    await room.connect(url, token, options)
    tell("connected", sid=room.local_participant.sid)
    sound = rtc.AudioSource(SAMPLE_RATE_HZ, 1)
    microphone = rtc.LocalAudioTrack.create_audio_track("tone", sound)
    publishing = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    publication = await room.local_participant.publish_track(microphone, publishing)
    start(hum(sound))
    tell("published", sid=publication.sid)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().strip():
        command, _, text = line.partition(" ")
        if command == "mute":
            microphone.mute()
        elif command == "unmute":
            microphone.unmute()
        elif command == "share":
            screen = rtc.VideoSource(WIDTH, HEIGHT)
            track = rtc.LocalVideoTrack.create_video_track("screen", screen)
            sharing = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_SCREENSHARE, simulcast=False)
            await room.local_participant.publish_track(track, sharing)
            start(paint(screen))
        elif command == "say":
            await room.local_participant.publish_data(text.encode(), reliable=True, topic="chat")
        elif command in ("resume", "restart"):
            kinds = rtc.SimulateScenarioKind
            await room.simulate_scenario(
                kinds.SIMULATE_SIGNAL_RECONNECT if command == "resume" else kinds.SIMULATE_FULL_RECONNECT
            )
        else:
            break
    for task in tasks:
        task.cancel()
    await room.disconnect()
    tell("left")


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""))
