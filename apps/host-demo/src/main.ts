import { startHostDemo } from "./server/startHostDemo.ts";

const demo = await startHostDemo({ port: Number(process.env["PORT"] ?? 8090) });
console.info(`${demo.url}/?homeserver=http://localhost:8080&conclave=http://localhost:8080`);
