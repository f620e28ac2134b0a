import { startLambdaHost } from './lambda-host.ts';
const t0=performance.now();
const inits:number[]=[];
const host = await startLambdaHost({folder:'/tmp/cs/host', functions:{echo:{handlerFile: process.argv[2]??'/work/main/test/local/fixtures/echo.ts', timeoutSeconds:5, memoryMb:512, env:{}}}, idleMs: 300, onInvocation:(r)=>{ if(r.initMs) inits.push(r.initMs)}});
for (let i=0;i<5;i++){ await host.invoke('echo',{}); await new Promise(r=>setTimeout(r,700)); }
console.log('cold ms', inits.map(Math.round).join(' '));
await host.invoke('echo',{});
for (const small of [true]) {
const t=performance.now(); const n=5000; for(let i=0;i<n;i++) await host.invoke('echo',{i}); console.log('serial warm/s', Math.round(n/(performance.now()-t)*1000));
const t2=performance.now(); await Promise.all(Array.from({length:n},(_, i)=>host.invoke('echo',{i}))); console.log('16 parallel warm/s', Math.round(n/(performance.now()-t2)*1000));
}
const t3=performance.now(); await host.close(); console.log('close', Math.round(performance.now()-t3));
