// nginx of Debian, unpacked and not installed, as a reverse proxy before a bridge.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { debian, hasDebian } from '../../scripts/supply/debian.mjs'
import { unless } from '../needs.js'
import { freePort } from '../ports.js'

export const nginxNeed = unless(hasDebian('nginx') ? undefined : 'needs the packages of Debian: apt-get')

export interface Proxy extends AsyncDisposable {
  /** `https://127.0.0.1:PORT/lab/` */
  readonly url: string
}

/** A proxy with TLS, a path of its own, and a header with the user's name, before the bridge at that port. */
export async function nginx(bridge: number, user: string): Promise<Proxy> {
  const executable = await debian('nginx', 'usr/sbin/nginx')
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'))
  const port = await freePort()
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
    ],
    { cwd: folder, stdio: 'ignore' },
  )
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port, bridge, user))
  const child = spawn(executable, ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'])
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`nginx does not serve:\n${said}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    url: `https://127.0.0.1:${port}/lab/`,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGQUIT')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** As the page about security shows it. */
function configuration(folder: string, port: number, bridge: number, user: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location /lab/ {
      proxy_pass http://127.0.0.1:${bridge}/;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-User ${user};
      proxy_read_timeout 1h;
    }
  }
}
`
}
