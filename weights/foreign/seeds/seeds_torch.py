# Small files of each format, written by the frameworks themselves; the tests say what is in them.
# Needs numpy, safetensors, torch and onnx.  Usage: seeds_torch.py WEIGHTS_FOLDER
import sys, os, pickle, numpy as np, torch, onnx, torchvision
from safetensors.torch import save_file
from onnx import TensorProto
out = lambda *p: (os.makedirs(os.path.join(sys.argv[1], *p[:-1]), exist_ok=True), os.path.join(sys.argv[1], *p))[1]
a = np.arange(6, dtype=np.float32).reshape(2, 3) - 2.5
np.savez(out('npz', 'testdata', 'stored.npz'), **{'a/kernel': a, 'half': a.astype(np.float16), 'double': a.astype(np.float64), 'scalar': np.float32(7)})
np.savez_compressed(out('npz', 'testdata', 'deflated.npz'), **{'a/kernel': a, 'zeros': np.zeros((100, 100), np.float32)})
np.savez(out('npz', 'testdata', 'fortran.npz'), a=np.asfortranarray(a))
np.savez(out('npz', 'testdata', 'integers.npz'), a=np.arange(3))
t = torch.from_numpy(a)
save_file({'f32': t, 'f16': t.half(), 'bf16': t.bfloat16()}, out('safetensors', 'testdata', 'types.safetensors'), metadata={'format': 'pt'})
save_file({'steps': torch.arange(3)}, out('safetensors', 'testdata', 'integers.safetensors'))
both = torch.arange(12, dtype=torch.float32)
state = {'plain': t, 'transposed': t.t(), 'half': t.half(), 'bfloat16': t.bfloat16(), 'double': t.double(), 'tail': both[8:], 'head': both[:4],
         'parameter': torch.nn.Parameter(t), 'channels_last': torch.arange(24.).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last), 'scalar': torch.tensor(7.)}
for name, new in (('zip', True), ('legacy', False)):
    torch.save(state, out('torch', 'testdata', name + '.pth'), _use_new_zipfile_serialization=new)
    torch.save({'epoch': 3, 'best': 0.5, 'state_dict': {'plain': t}}, out('torch', 'testdata', 'checkpoint_' + name + '.pth'), _use_new_zipfile_serialization=new)
torch.save(torch.nn.Linear(2, 2), out('torch', 'testdata', 'module.pth'))
torch.save({'steps': torch.arange(3)}, out('torch', 'testdata', 'integers.pth'))
class Evil:
    def __reduce__(self): return os.system, ('echo executed',)
for p in (2, 4): open(out('torch', 'testdata', 'evil_protocol%d.pkl' % p), 'wb').write(pickle.dumps({'a': Evil()}, protocol=p))
# The graphs as the exporters write them, the numbers left out.
def graph(name, model):
    for i in model.graph.initializer:
        if i.data_type == TensorProto.FLOAT: i.ClearField('raw_data'); i.ClearField('float_data')
    for n in model.graph.node: n.ClearField('metadata_props'); n.ClearField('doc_string')
    model.graph.ClearField('value_info'); model.ClearField('metadata_props')
    onnx.save(model, out('onnx', 'testdata', name + '.onnx'))
for arch in ('squeezenet1_0', 'squeezenet1_1'):
    net = getattr(torchvision.models, arch)(weights=None).eval()
    for p in net.parameters(): torch.nn.init.uniform_(p)
    x = torch.zeros(1, 3, 224, 224)
    torch.onnx.export(net, x, 'x.onnx', dynamo=False); graph('torch_' + arch + '_torchscript', onnx.load('x.onnx'))
    torch.onnx.export(net, (x,), 'x.onnx', dynamo=True, external_data=False); graph('torch_' + arch + '_dynamo', onnx.load('x.onnx'))
other = torchvision.models.resnet18(weights=None).eval()
torch.onnx.export(other, x, 'x.onnx', dynamo=False); graph('torch_resnet18', onnx.load('x.onnx'))
if os.path.exists('tf2onnx.onnx'): graph('tf2onnx_squeezenet1_1', onnx.load('tf2onnx.onnx'))
