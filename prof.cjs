const fs=require('fs');const f=fs.readdirSync('.prof').map(x=>'.prof/'+x)[0];
const p=JSON.parse(fs.readFileSync(f));const self=new Map();const dt=p.timeDeltas;const id=new Map(p.nodes.map(n=>[n.id,n]));
p.samples.forEach((s,i)=>{const n=id.get(s);const k=n.callFrame.functionName+':'+n.callFrame.lineNumber;self.set(k,(self.get(k)||0)+dt[i])});
console.log([...self].sort((a,b)=>b[1]-a[1]).slice(0,18).map(([k,v])=>(v/1000).toFixed(0)+' ms '+k).join('\n'))
